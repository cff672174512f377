package dev.seamark.service;

import java.net.InetAddress;

/**
 * The addresses that only this machine reaches. Without a keys file nobody is asked who they are,
 * so the ports that take or show telemetry listen on no others; ports with nothing but the
 * operator's endpoints may listen anywhere.
 */
public final class Loopback {
  private Loopback() {}

  /**
   * Refuses an address that other machines reach.
   *
   * @param key of the address in the configuration file
   * @param host a literal address, or {@code localhost}: where another name leads to isn't known
   *     here
   * @param may what whoever reaches the port may do
   * @throws ConfigException names key and address, and says why and what would help
   */
  public static void require(String key, String host, String may) {
    if (!isLoopback(host)) {
      throw new ConfigException(
          ("%s is %s, but must be a loopback address such as 127.0.0.1: without a keys file"
                  + " everybody who reaches the port may %s")
              .formatted(key, host.isEmpty() ? "empty" : host, may));
    }
  }

  /** Whether only this machine reaches an address. */
  public static boolean isLoopback(String host) {
    if (host.equalsIgnoreCase("localhost")) {
      return true;
    }
    try {
      return InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}
