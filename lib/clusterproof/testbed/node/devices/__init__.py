"""Accelerators without hardware: character devices that a device plugin and a driver give to containers."""
