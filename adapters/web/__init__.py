"""The web page: for people outside an organisation's Slack or Teams, this is the product."""
