"""Trading, accounts and instrument rules of centralised venues, over ccxt.

One `Gateway` a key (`gateway.open_gateway`). ccxt signs, names and parses; what happens to an order whose
answer is lost, how often may be asked, and what an error means is decided here.
"""
