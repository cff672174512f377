/// The ingester's memory of series: which ids raw bytes stand for, and what is announced already.
///
/// **What is announced.** A sample carries only a series id; its labels are written once per series
/// and UTC day into
/// `metrics_series`, each (label name, value, metric) once a day into `metrics_label_values`, and
/// each metric's help once a day into
/// `metrics_metadata`. The day is the *sample's* day, so late samples announce their own day.
///
/// **When it counts.** Invariant: a thing counts as announced only after the rows that announce it
/// are acknowledged.
/// The decoder opens an [dev.seamark.ingest.decode.Announcement] for a request that meets anything
/// new and claims each thing by a
/// 128-bit key over (tenant, retention, kind, identity, day):
///
/// - `MINE`: this request writes the rows; the claim is pending until it says `completed()` or
/// `failed()`;
/// - `PENDING`: another request is writing them; this request's answer waits for that one
/// (`whenOthersEnd`);
/// - `KNOWN`: nothing to do;
/// - `REFUSED`: too much is pending; the whole request is put off, its claims failed;
/// - `NEVER`: this request alone has more than may be pending; it is refused for good.
///
/// `completed()` moves the claims of a request to the announced set. `failed()` forgets them, so
/// that the next request that
/// meets the series announces it again; requests that waited for it fail too and are repeated by
/// their senders. Nobody waits before
/// writing, so two requests that rely on each other's claims both finish.
///
/// **The fast path.** [dev.seamark.ingest.decode.SeriesRef] of a raw key holds up to two days for
/// which its series are announced
/// and acknowledged. A point whose day is among them needs no other lookup, parsing or claim.
///
/// **Midnight.** In the last two hours before midnight UTC a series is announced for the next day
/// as well when it is seen, once the
/// elapsed part of the two hours exceeds the series id read as a fraction: the wave of the new day
/// is spread evenly.
///
/// **Memory.** Both tables are arrays of primitives in stripes, found by linear probing within a
/// window of 16 slots. A stripe doubles
/// until its share of the bound, then the clock hand of the window chooses whom to forget.
/// Forgetting is harmless: the key
/// is parsed again, or the series announced again, and `metrics_series` keeps one row of equal
/// ones.
@NullMarked
package dev.seamark.ingest.series;

import org.jspecify.annotations.NullMarked;
