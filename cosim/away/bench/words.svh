// What a tick has on @NAME@: sources, spikes and state words of each layer, by its law (@LAW@).
// Written by spiketwin; nothing in here is yours to change.
//
// The words of the chip, a word a line for $readmemh, neuron by neuron (docs/vectors.md of spiketwin):
//
@MEMORIES@//
localparam integer N_IN = @N_IN@;
reg @X_SIGN@[@X_TOP@:0] x [0:N_IN-1];  // @X_FORMAT@: what source i hears in this tick; 0: no event
reg signed [15:0] jitter;  // Q1.15 of a tick: how late or early the clock is; 0 where the chip has none

@LAYERS@