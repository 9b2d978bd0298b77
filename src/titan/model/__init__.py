"""The nouns of Titan: money, instruments, orders, fills, intents, signals, events, errors. Depends on
nothing.
"""
