"""Slack: what a person does on the web page, at home in their workspace. Nothing of its SDK is known outside."""
