"""Keys of venues, kept encrypted in one file and decrypted in memory only (OPS-2)."""

from titan.runtime.secrets.password import password_of
from titan.runtime.secrets.redact import remember, scrub
from titan.runtime.secrets.vault import Entry, Vault, default_vault

__all__ = ["Entry", "Vault", "default_vault", "password_of", "remember", "scrub"]
