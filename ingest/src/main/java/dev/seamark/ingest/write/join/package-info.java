/// How the blocks of a range become the bodies of its inserts: a pure function of the blocks and
/// the plan.
@NullMarked
package dev.seamark.ingest.write.join;

import org.jspecify.annotations.NullMarked;
