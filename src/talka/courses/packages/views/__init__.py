"""The pages of packages: translate, make one call, translate back."""
