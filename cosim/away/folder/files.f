// Sources of @NAME@, for simulators: the top is stw_top, stw_axis or stw_up5k.
@FILES@
