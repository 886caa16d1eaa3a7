"""Network interfaces beside the usual one: a driver moves them into the pods that have claimed them."""
