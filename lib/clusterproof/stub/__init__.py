"""What runs in pods of the kit's: ``inference`` is carried there by a ConfigMap, the others by the testbed only."""
