"""What the Python tests share: a line a check, which relay of tests/lib/shell.sh counts."""
import spiketwin as st


def expect(name, wanted, got):
    print("ok" if wanted == got else "FAILED", name, "" if wanted == got else f": wanted {wanted}, got {got}")


def message(call):
    """What a call is refused with; "nothing": it is not."""
    try:
        call()
        return "nothing"
    except st.Error as e:
        return str(e)
