"""The double of Binance: spot, USD-M futures and the wallet paths that trading needs."""
