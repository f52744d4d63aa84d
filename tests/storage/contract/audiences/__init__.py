"""What every store must do for audiences."""
