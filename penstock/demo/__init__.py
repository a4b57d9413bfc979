"""The demonstration: one deal from launch to last claim on an embedded chain, compared with the model every period."""
