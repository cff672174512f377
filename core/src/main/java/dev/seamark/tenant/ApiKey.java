package dev.seamark.tenant;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A key of the keys file, without what proves it.
 *
 * @param scopes what it may be used for
 * @param region the only one whose services take it; null = all
 * @param own who its holder is, unless he asks for another tenant
 * @param others who he is if he does, by the tenant's name; only those the key allows
 */
public record ApiKey(
    String name,
    Set<Scope> scopes,
    @Nullable String region,
    Sender own,
    Map<String, Sender> others) {
  /** That of everybody, where there is no keys file. */
  static final ApiKey ANYBODY =
      new ApiKey("", EnumSet.allOf(Scope.class), null, Sender.ANYBODY, Map.of());

  public ApiKey {
    scopes = Set.copyOf(scopes);
    others = Map.copyOf(others);
  }
}
