package dev.seamark.service;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.HttpServerConnection;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Hangs up on a sender that takes too long over the head of a request, a byte now and then. Without
 * TLS, Vert.x makes a connection known when its first head is complete, and until then ends it by
 * the server's idle timeout, which counts heads and not bytes; so a server sets the deadline as its
 * idle timeout, and this class gives a connection that is known a longer one. It then watches over
 * the later heads, under TLS over the first one too. HTTP/1 only: many requests share an HTTP/2
 * connection, which pings keep alive. Runs on the connection's event loop.
 */
public final class HeadDeadline extends ChannelInboundHandlerAdapter {
  /** What nobody needs who means it, for ports without a setting of their own. */
  public static final Duration ORDINARY = Duration.ofSeconds(10);

  private final long deadlineMs;
  private final Consumer<String> hungUp;
  private @Nullable HttpServerRequest latest;
  private @Nullable ScheduledFuture<?> timer;

  private HeadDeadline(Duration deadline, Consumer<String> hungUp) {
    this.deadlineMs = deadline.toMillis();
    this.hungUp = hungUp;
  }

  /**
   * Watches over a connection that has become known, which may from now on be idle for longer than
   * one that hasn't.
   *
   * @param idle of the connection between requests; zero = for ever
   * @param hungUp is told when it has come to that
   */
  public static void guard(
      HttpConnection connection, Duration deadline, Duration idle, Consumer<String> hungUp) {
    if (!(connection instanceof HttpServerConnection server)) {
      return;
    }
    ChannelPipeline pipeline = server.channelHandlerContext().pipeline();
    if (pipeline.get(IdleStateHandler.class) != null) {
      pipeline.replace(
          IdleStateHandler.class,
          "idle",
          new IdleStateHandler(0, 0, idle.toMillis(), TimeUnit.MILLISECONDS));
    }
    if (pipeline.get(HttpRequestDecoder.class) == null
        || pipeline.get(HeadDeadline.class) != null) {
      return; // HTTP/2 from the beginning, or upgraded to it
    }
    HeadDeadline guard = new HeadDeadline(deadline, hungUp);
    ChannelHandlerContext tls = pipeline.context(SslHandler.class);
    if (tls == null) {
      pipeline.addFirst(guard);
    } else {
      pipeline.addAfter(tls.name(), null, guard);
    }
  }

  /** The head of a request is complete. */
  public static void met(HttpServerRequest request) {
    if (request.connection() instanceof HttpServerConnection server) {
      HeadDeadline guard = server.channelHandlerContext().pipeline().get(HeadDeadline.class);
      if (guard != null) {
        guard.latest = request;
        guard.stop();
      }
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    start(context);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
    HttpServerRequest request = latest;
    if (timer == null
        && request != null
        && request.version() != HttpVersion.HTTP_2
        && request.isEnded()
        && request.response().ended()) {
      start(context);
    }
    super.channelRead(context, message);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) throws Exception {
    stop();
    super.channelInactive(context);
  }

  private void start(ChannelHandlerContext context) {
    timer = context.executor().schedule(() -> hangUp(context), deadlineMs, TimeUnit.MILLISECONDS);
  }

  private void stop() {
    ScheduledFuture<?> running = timer;
    if (running != null) {
      running.cancel(false);
      timer = null;
    }
  }

  private void hangUp(ChannelHandlerContext context) {
    String why = "head of a request was not complete after %d ms".formatted(deadlineMs);
    hungUp.accept(why);
    ByteBuf answer = ByteBufUtil.writeAscii(
        context.alloc(),
        "HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Type: text/plain\r\n"
            + "Content-Length: %d\r\n\r\n%s\n".formatted(why.length() + 1, why));
    var _ = context.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
  }
}
