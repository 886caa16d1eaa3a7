"""What the programme's own test suite has written, taken in as results whose source is named."""
