/// How commands that work on what is stored keep out of each other's way, and have the writers
/// stand still for a moment: a turn that Kafka gives to one of them at a time, and what a group has
/// committed, seen from outside.
@NullMarked
package dev.seamark.ingest.write.turn;

import org.jspecify.annotations.NullMarked;
