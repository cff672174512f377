package dev.seamark.ingest.receive;

import dev.seamark.ingest.limit.FairQueue;
import dev.seamark.tenant.Sender;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The order in which one event loop decodes bodies. The first of a pass over the sockets is decoded
 * at once; what arrives beside it waits its {@link FairQueue turn}, one body a pass. So a loop with
 * many bodies of a loud tenant still reads, after each of them, what others send, and decodes that
 * next. Belongs to the loop.
 */
final class Turns {
  private final FairQueue<Runnable> waiting = new FairQueue<>();
  private @Nullable ContextInternal loop;
  private boolean busy;

  /** Does a sender's work now or when its turn comes; off the event loops now. */
  void take(Sender sender, int cost, Runnable work) {
    if (loop == null
        && Vertx.currentContext() instanceof ContextInternal here
        && here.isEventLoopContext()) {
      loop = here;
    }
    ContextInternal turning = loop;
    if (turning == null) {
      work.run();
    } else if (busy) {
      waiting.add(sender.tenant(), sender.limits().weight(), cost, work);
    } else {
      busy = true;
      waiting.spent(sender.tenant(), sender.limits().weight(), cost);
      afterThisPass(turning);
      work.run();
    }
  }

  private void next(ContextInternal turning) {
    Runnable work = waiting.poll();
    if (work == null) {
      busy = false;
    } else {
      afterThisPass(turning);
      work.run();
    }
  }

  /** A mere task would run in this pass still, before the sockets are looked at again. */
  private void afterThisPass(ContextInternal turning) {
    var _ = turning
        .nettyEventLoop()
        .schedule(() -> turning.runOnContext(_ -> next(turning)), 1, TimeUnit.NANOSECONDS);
  }
}
