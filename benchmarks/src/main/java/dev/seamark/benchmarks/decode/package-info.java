/** What the decoders cost: OTLP bytes to filled columns, beside the generated protobuf classes. */
@NullMarked
package dev.seamark.benchmarks.decode;

import org.jspecify.annotations.NullMarked;
