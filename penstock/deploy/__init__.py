"""Deployments that can be stopped anywhere: a plan of steps as data, what carries it out, and what it leaves behind."""
