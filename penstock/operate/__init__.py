"""What is done to deals that live: settle what is due, claim, see where they stand, follow them."""
