"""What runs in the kit's own pods, one file of the standard library each, so that a ConfigMap can carry it."""
