"""The room's pages: translate, make one call, translate back."""
