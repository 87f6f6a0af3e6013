"""What may be called a text. Standard library only."""


def is_whole(text: str) -> bool:
    """Whether it can be written as UTF-8: JSON may hold half of a surrogate pair, which no file can."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
