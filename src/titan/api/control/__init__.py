"""What an operator may ask of a run through the gateway, and the panic that stands ready beside it."""
