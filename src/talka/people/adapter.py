"""How allauth meets our people."""

from allauth.account.adapter import DefaultAccountAdapter


class AccountAdapter(DefaultAccountAdapter):
    def get_user_display(self, user):
        return str(user)
