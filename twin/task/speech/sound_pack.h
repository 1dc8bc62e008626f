// Recordings that are kept in memory and rarely opened: 16-bit samples without loss in about half
// their size.
//
// Second differences of the samples, those of speech mostly small, as two planes of bytes through
// zlib's Huffman codes.
#ifndef TWIN_TASK_SPEECH_SOUND_PACK_H
#define TWIN_TASK_SPEECH_SOUND_PACK_H

#include <stddef.h>
#include <stdint.h>

struct sound_room; // what packing and opening need; one a thread

struct sound_room *sound_room_new(int n_samples); // NULL: out of memory
void sound_room_free(struct sound_room *r);

// samples (n_samples) to malloc'd bytes, *n_bytes of them; NULL: out of memory.
uint8_t *sound_pack(struct sound_room *r, const int16_t *samples, size_t *n_bytes);

// What sound_pack returned, to samples (n_samples). Takes no memory, so it cannot fail.
void sound_unpack(struct sound_room *r, const uint8_t *bytes, size_t n_bytes, int16_t *samples);

#endif
