"""The pages of this room: translate, make one call, translate back."""
