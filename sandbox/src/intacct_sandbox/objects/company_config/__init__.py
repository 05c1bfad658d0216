"""The company's own definitions, and the behaviour of attachments and their folders."""
