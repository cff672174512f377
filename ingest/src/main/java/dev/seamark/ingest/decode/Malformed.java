package dev.seamark.ingest.decode;

/**
 * The refusal of a whole body: its bytes are not what the protocol says, or it breaks a limit of
 * the request.
 *
 * <p>The sender's fault, never worth a retry (HTTP 400, gRPC INVALID_ARGUMENT). The message says
 * where and what, and names limit and setting where one was hit. Rows appended so far are void.
 * Where the bytes are sound but not the sender's to send, it is {@link Forbidden}.
 *
 * <p>Carries no stack trace: hostile bodies must stay cheap.
 */
public sealed class Malformed extends Exception permits Forbidden {
  private static final long serialVersionUID = 1;

  public Malformed(String message) {
    super(message, null, false, false);
  }
}
