package dev.seamark.clickhouse;

import com.clickhouse.client.api.ServerException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hc.client5.http.ConnectTimeoutException;
import org.jspecify.annotations.Nullable;

/** A request that ClickHouse refused, or that got no answer from any of its addresses. */
public final class ClickHouseException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The code of a request without an answer: nobody was reached or the connection broke. */
  public static final int NETWORK = -1;

  /**
   * Conditions that pass: an end of file in the middle (3, 32), time-outs (159, 160), too many
   * queries, requests or connections (202, 203, 364, 749, 762), network inside a cluster (95, 96,
   * 198, 209, 210, 279, 425), Keeper away (225, 244, 999), stopping (236), memory (241, 777, 778),
   * a read-only replica (242), no space (243), too many parts (252), too few replicas (254, 285), a
   * quorum not reached (286), an outcome that is unknown (319, 659), a part that is held (384,
   * 738), a killed query (394, 735), a replica that changes (416), no thread to be had (439), a
   * lock (473), asleep (545), inserts that queue up (574), a table that loads (696, 722) or
   * restarts (733), overload (745).
   */
  private static final Set<Integer> RETRYABLE = Set.of(
      NETWORK, 3, 32, 95, 96, 159, 160, 198, 202, 203, 209, 210, 225, 236, 241, 242, 243, 244, 252,
      254, 279, 285, 286, 319, 364, 384, 394, 416, 425, 439, 473, 545, 574, 659, 696, 722, 733, 735,
      738, 745, 749, 762, 777, 778, 999);

  /** Of these, the ones that are said before anything was done: another replica may do it. */
  private static final Set<Integer> NOT_CARRIED_OUT = Set.of(202, 225, 242);

  private static final Pattern TEXT =
      Pattern.compile("Code: (\\d+)\\. DB::\\w*Exception: (.*)", Pattern.DOTALL);

  /** The name stands before the version, or at the end. */
  private static final Pattern NAME =
      Pattern.compile("\\(([A-Z][A-Z0-9_]+)\\)(?=\\s*(\\(version|\\(queryId|$))");

  private final int code;
  private final String codeName;
  private final boolean notCarriedOut;

  private ClickHouseException(
      int code, String codeName, boolean notCarriedOut, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.codeName = codeName;
    this.notCarriedOut = notCarriedOut;
  }

  /**
   * What a failure of client-v2, or of a driver on top of it, says about the server at an address.
   * Where the thread was interrupted, it is marked so again.
   */
  public static ClickHouseException of(URI address, Exception failure) {
    boolean notSent = false;
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      switch (cause) {
        case ClickHouseException own -> {
          return own;
        }
        case ServerException said -> {
          return answered(
              address, said.getTransportProtocolCode(), said.getCode(), reason(said), failure);
        }
        case InterruptedException _ -> {
          Thread.currentThread().interrupt();
          return network(address, "the wait for it was interrupted", failure);
        }
        // no connection came about; client-v2 says the same of one that broke before the answer,
        // and hides "503 Service Unavailable" behind a ConnectException
        case ConnectException _,
            NoRouteToHostException _,
            UnknownHostException _,
            ConnectTimeoutException _ -> notSent = true;
        default -> {}
      }
    }
    String why = reason(failure);
    return notSent ? unreached(address, why, failure) : network(address, why, failure);
  }

  /** The message at the root of a failure. */
  static String reason(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  /** An error the server answered with; code and its name are taken from the text where need be. */
  static ClickHouseException answered(
      URI address, int status, int codeOfHeader, String text, Throwable cause) {
    Matcher parts = TEXT.matcher(text);
    boolean clickHouse = parts.find();
    int code = codeOfHeader > 0 || !clickHouse ? codeOfHeader : Integer.parseInt(parts.group(1));
    if (code <= 0) {
      String what = "HTTP status %d: %s".formatted(status, text.strip());
      return status == 502 || status == 503 || status == 504
          ? unreached(address, what, cause)
          : unusable(address, what, cause);
    }
    String said = clickHouse ? parts.group(2).strip() : text.strip();
    Matcher names = NAME.matcher(said);
    String name = names.find() ? names.group(1) : "code " + code;
    return new ClickHouseException(
        code,
        name,
        NOT_CARRIED_OUT.contains(code),
        "ClickHouse %s refused with code %d: %s".formatted(address, code, said),
        cause);
  }

  /** Nobody was there: the request was certainly not carried out. */
  static ClickHouseException unreached(URI address, String what, @Nullable Throwable cause) {
    return new ClickHouseException(
        NETWORK, "NETWORK", true, "ClickHouse %s is away: %s".formatted(address, what), cause);
  }

  /** No answer after the request was sent: it may have been carried out. */
  static ClickHouseException network(URI address, String what, @Nullable Throwable cause) {
    return new ClickHouseException(
        NETWORK,
        "NETWORK",
        false,
        "ClickHouse %s gave no answer: %s".formatted(address, what),
        cause);
  }

  /** An answer that breaks a limit or the format: asking again gives the same. */
  static ClickHouseException unusable(URI address, String what, @Nullable Throwable cause) {
    return new ClickHouseException(
        0,
        "UNUSABLE_ANSWER",
        false,
        "ClickHouse %s gave an answer that can't be used: %s".formatted(address, what),
        cause);
  }

  /** A table that must not be used in this way: asking again gives the same. */
  static ClickHouseException misplaced(String message) {
    return new ClickHouseException(0, "UNUSABLE_TABLE", false, message, null);
  }

  /**
   * ClickHouse's error code; {@link #NETWORK} without an answer, 0 if answer or table are unusable.
   */
  public int code() {
    return code;
  }

  /** The code's name, for example UNKNOWN_TABLE. */
  public String codeName() {
    return codeName;
  }

  /** Whether the request surely changed nothing, so that any other server may be asked. */
  boolean notCarriedOut() {
    return notCarriedOut;
  }

  /** Whether the same request may well succeed later. */
  public boolean retryable() {
    return RETRYABLE.contains(code);
  }
}
