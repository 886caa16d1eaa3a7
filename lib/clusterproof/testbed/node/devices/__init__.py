"""Accelerators without hardware: character devices that a device plugin and a driver of the testbed give to containers."""
