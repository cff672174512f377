package dev.seamark.tenant;

import dev.seamark.service.ConfigException;
import dev.seamark.service.Key;
import dev.seamark.service.Line;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/** The keys file as it is written, and what its sections must say of each other. */
record KeysDocument(
    @Key(fallback = "{}", why = "Classes of limits, by name.")
    Map<String, TenantLimits> classes,

    @Key(why = "Whose telemetry it is, by name.") Map<String, TenantEntry> tenants,
    @Key(why = "Who may send and ask, by name.") Map<String, KeyEntry> keys) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final int LISTED_MAX = 10;

  KeysDocument {
    classes.keySet().forEach(name -> requireName("class", name));
    tenants.keySet().forEach(name -> requireName("tenant", name));
    keys.keySet().forEach(name -> requireName("key", name));
    if (keys.isEmpty()) {
      throw new IllegalArgumentException("there are no keys: nobody could send or ask anything");
    }
  }

  private static void requireName(String what, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          ("%s %s has a name that isn't up to 63 letters, digits, '.', '_' and '-', the first of"
                  + " them a letter or a digit")
              .formatted(what, name));
    }
  }

  /**
   * A tenant.
   *
   * @param line where it stands
   */
  record TenantEntry(
      Line line,

      @Key(why = "Its class of limits; left out = no limits but the service's own.") @Nullable
      String limits,

      @Key(
          fallback = "0",
          min = "0",
          max = "36500",
          unit = "days",
          why = "How long its rows are kept; 0 = for ever.")
      int retentionDays,

      @Key(fallback = "[]", why = "What is done with its telemetry before it is stored.")
      List<EdgeRuleEntry> rules) {
    TenantEntry {
      EdgeRuleEntry.requireDistinct(rules);
    }
  }

  /**
   * A key.
   *
   * @param line where it stands
   */
  record KeyEntry(
      Line line,

      @Key(why = "SHA-256 of its secret, as `seamark keys new` prints it.") @Nullable
      String hash,

      @Key(why = "Instead of a secret: the subject of a client certificate (RFC 2253).") @Nullable
      String subject,

      @Key(why = "Whose telemetry it is.") String tenant,
      @Key(why = "What the key may be used for.") List<Scope> scopes,

      @Key(fallback = "[]", why = "Clusters whose telemetry it may send; none = all.")
      List<String> clusters,

      @Key(why = "The only region whose ingesters take it; left out = all.") @Nullable
      String region,

      @Key(
          fallback = "[]",
          why = "Other tenants that the header X-Scope-OrgID may choose with this key.")
      List<String> orgIds) {
    KeyEntry {
      if ((hash == null) == (subject == null)) {
        throw new IllegalArgumentException("a key has either a hash or a subject");
      }
      if (hash != null) {
        Fingerprint.parse(hash);
      } else {
        requireDistinguishedName(String.valueOf(subject));
      }
      if (scopes.isEmpty()) {
        throw new IllegalArgumentException("scopes is empty: the key is good for nothing");
      }
      if (clusters.stream().anyMatch(String::isBlank)) {
        throw new IllegalArgumentException("clusters has an empty name");
      }
      if (region != null && region.isBlank()) {
        throw new IllegalArgumentException("region is empty; leave it out for all regions");
      }
    }

    private static void requireDistinguishedName(String subject) {
      try {
        new X500Principal(subject);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "subject is \"%s\", but must be a distinguished name such as CN=agent,O=Example"
                .formatted(subject),
            e);
      }
    }
  }

  /** The keys by their proofs. Throws ConfigException where sections contradict each other. */
  KeyRing ring(String file) {
    tenants.forEach((name, entry) -> limits(file, name, entry)); // of those without a key too
    Map<String, List<EdgeRule>> rules = new HashMap<>(); // one list a tenant, whichever the key
    tenants.forEach((name, entry) -> rules.put(name, EdgeRuleEntry.rules(entry.rules())));
    Map<Fingerprint, ApiKey> bySecret = new HashMap<>();
    Map<Subject, ApiKey> bySubject = new HashMap<>();
    keys.forEach((name, entry) -> {
      ApiKey key = key(file, name, entry, rules);
      ApiKey twin = entry.hash() != null
          ? bySecret.put(Fingerprint.parse(entry.hash()), key)
          : bySubject.put(Subject.of(new X500Principal(entry.subject())), key);
      if (twin != null) {
        throw refusal(
            file, entry.line(), "keys.%s proves itself like keys.%s".formatted(name, twin.name()));
      }
    });
    return KeyRing.of(bySecret, bySubject);
  }

  private ApiKey key(String file, String name, KeyEntry entry, Map<String, List<EdgeRule>> rules) {
    Map<String, Sender> others = new LinkedHashMap<>();
    for (String other : entry.orgIds()) {
      others.put(other, sender(file, name, entry, "org-ids", other, rules));
    }
    Sender own = sender(file, name, entry, "tenant", entry.tenant(), rules);
    return new ApiKey(name, Set.copyOf(entry.scopes()), entry.region(), own, others);
  }

  private Sender sender(
      String file,
      String name,
      KeyEntry entry,
      String field,
      String tenant,
      Map<String, List<EdgeRule>> rules) {
    TenantEntry about = tenants.get(tenant);
    if (about == null) {
      throw refusal(
          file,
          entry.line(),
          "keys.%s.%s: there is no tenant %s; %s"
              .formatted(name, field, tenant, listed("tenants", tenants)));
    }
    Clusters clusters = Clusters.of(entry.clusters());
    return new Sender(
        tenant,
        clusters.only(),
        about.retentionDays(),
        name,
        clusters,
        limits(file, tenant, about),
        rules.getOrDefault(tenant, List.of()));
  }

  private TenantLimits limits(String file, String tenant, TenantEntry entry) {
    if (entry.limits() == null) {
      return TenantLimits.NONE;
    }
    TenantLimits limits = classes.get(entry.limits());
    if (limits == null) {
      throw refusal(
          file,
          entry.line(),
          "tenants.%s.limits: there is no class %s; %s"
              .formatted(tenant, entry.limits(), listed("classes", classes)));
    }
    return limits;
  }

  private static String listed(String what, Map<String, ?> known) {
    if (known.isEmpty()) {
      return "there are no " + what;
    }
    return known.keySet().stream()
        .limit(LISTED_MAX)
        .collect(Collectors.joining(
            ", ", what + " are ", known.size() > LISTED_MAX ? " and others" : ""));
  }

  private static ConfigException refusal(String file, Line line, String message) {
    return new ConfigException("%s:%d: %s".formatted(file, line.number(), message));
  }
}
