"""Collections as superusers define them while the instance runs.

`shape` reads and shows the wire's form, `fields` and `indexes` build what belongs to a definition
by rule, the `check` modules say what is wrong with one, `changes` makes it so.
"""
