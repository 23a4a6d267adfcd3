"""The control bot's aiogram application: dispatcher, context, middlewares, error handlers."""
