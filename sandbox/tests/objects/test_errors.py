from intacct_sandbox.objects.errors import BadOperand, ObjectsError, UnknownField, UnqueryableField


def test_a_field_error_says_which_field_of_which_object() -> None:
    error = UnknownField("accounts-payable/bill", "nothing")
    assert (error.object_name, error.path) == ("accounts-payable/bill", "nothing")
    assert str(error) == "accounts-payable/bill has no field nothing"


def test_a_bad_operand_reads_as_a_sentence() -> None:
    error = BadOperand("$eq", "dueDate", "must be a date such as 2026-01-31")
    assert str(error) == "The value of $eq for dueDate must be a date such as 2026-01-31"


def test_all_have_one_root() -> None:
    assert issubclass(UnqueryableField, ObjectsError)
    assert issubclass(BadOperand, ObjectsError)
