package dev.seamark.tenant;

import dev.seamark.service.ConfigException;
import dev.seamark.service.Loopback;
import dev.seamark.service.Tls;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How far the ports of a service may reach, which depends on whether somebody asks for keys. */
public final class Reach {
  private static final Logger log = LoggerFactory.getLogger(Reach.class);

  private Reach() {}

  /**
   * Lets a service listen on an address, and says in the log what that means. Without a keys file
   * it must be one of this machine.
   *
   * @param section of the configuration, with its key {@code bind}
   * @param may what whoever reaches the ports may do
   * @throws ConfigException names key and address
   */
  public static void require(KeyRing keys, String section, String bind, Tls tls, String may) {
    if (keys.isOpen()) {
      Loopback.require(section + ".bind", bind, may);
      log.info(
          "there is no keys file: whoever is on this machine may {} {}.bind={}",
          may,
          section,
          bind);
    } else if (Loopback.isLoopback(bind) || tls.enabled()) {
      log.info("whoever has a key may {} {}.bind={}", may, section, bind);
    } else {
      log.warn(
          "keys cross the network unencrypted: {}.bind is {}, and {}.tls is off",
          section,
          bind,
          section);
    }
  }
}
