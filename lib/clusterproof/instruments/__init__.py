"""What some checks measure with: gateways and traffic, admission webhooks, the client library of an operator."""
