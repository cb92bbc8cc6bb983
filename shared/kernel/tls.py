"""TLS towards databases, brokers and peers: who is believed, and why a connection was not.

Verification cannot be turned off, and the name in the certificate always counts.
"""

import ssl
from pathlib import Path


class BadAuthority(ValueError):
    """The file of authorities is none; the text is one sentence."""


def trusting(file: Path) -> ssl.SSLContext:
    """Believes these authorities only. Raises BadAuthority."""
    try:
        context = ssl.create_default_context(cafile=str(file))
    except ssl.SSLError:
        raise BadAuthority(f"{file} holds no certificate in PEM") from None
    except OSError as error:
        raise BadAuthority(f"{file} cannot be read ({error.strerror})") from None
    if not context.get_ca_certs():
        raise BadAuthority(f"{file} holds no certificate of an authority")
    return context


def trusting_also(file: Path) -> ssl.SSLContext:
    """Believes the machine's authorities and these: towards the world outside. Raises BadAuthority."""
    trusting(file)
    context = ssl.create_default_context()
    context.load_verify_locations(cafile=str(file))
    return context


def why(error: BaseException) -> str | None:
    """One sentence where TLS, or the lack of it, is the cause; None for any other error."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        said = _said(cause)
        if said is not None:
            return said
        # SQLAlchemy keeps what the driver raised under `orig`.
        cause = getattr(cause, "orig", None) or cause.__cause__ or cause.__context__
    return None


def _said(error: BaseException) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _not_believed(error.verify_message)
    text = str(error)
    if "CERTIFICATE_VERIFY_FAILED" in text:  # a client library kept the text only
        return _not_believed(text.rpartition("certificate verify failed: ")[2].rpartition(" (_ssl")[0])
    if isinstance(error, ssl.SSLError):
        return f"no TLS with the server: {error.reason or 'the connection was closed'}"
    if "rejected SSL upgrade" in text:
        return "the server speaks no TLS, and plain connections are not made"
    if "no encryption" in text and "pg_hba" in text:
        return "the server takes no plain connections: set CCRM_DATABASE_CA_FILE"
    return None


def _not_believed(detail: str) -> str:
    if "issuer" in detail or "self-signed" in detail or "self signed" in detail:
        detail = "no authority named here has signed it"
    return f"the server's certificate is not believed: {detail.rstrip('.') or 'it cannot be verified'}"
