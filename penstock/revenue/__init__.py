"""Revenue models: thousands of possible futures of what a project collects, drawn from a seed. docs/STRESS.md."""
