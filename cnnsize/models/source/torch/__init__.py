"""Modules and functions of torch.

``signatures`` binds arguments, and ``modules`` constructs and runs modules. ``functions`` is the table
of torch's functions and of the methods of tensors, in groups that ``tensor_names`` lists.
``layer_calls`` is the table of layers: ``weight_layers`` and ``shape_layers`` apply those with more to
check, ``application`` holds a layer with its arguments, and ``dummies`` runs layers on a tensor that
the source creates.
"""
