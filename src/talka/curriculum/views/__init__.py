"""Pages: translate, make one call, translate back."""
