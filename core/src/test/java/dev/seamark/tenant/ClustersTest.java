package dev.seamark.tenant;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ClustersTest {
  private static boolean allows(Clusters clusters, String name) {
    byte[] padded = ("<" + name + ">").getBytes(UTF_8);
    return clusters.allows(padded, 1, padded.length - 1);
  }

  @Test
  void anyAllowsEveryClusterAndNone() {
    assertThat(allows(Clusters.ANY, "eu-1")).isTrue();
    assertThat(allows(Clusters.ANY, "")).isTrue();
    assertThat(Clusters.of(List.of())).isSameAs(Clusters.ANY);
    assertThat(Clusters.ANY.only()).isNull();
  }

  @Test
  void namedOnesAllowThemselvesOnly() {
    Clusters clusters = Clusters.of(List.of("eu-1", "zürich"));

    assertThat(allows(clusters, "eu-1")).isTrue();
    assertThat(allows(clusters, "zürich")).isTrue();
    for (String other : List.of("", "eu", "eu-11", "EU-1", "eu-2", "zurich")) {
      assertThat(allows(clusters, other)).as(other).isFalse();
    }
    assertThat(clusters.only()).isNull();
    assertThat(Clusters.of(List.of("eu-1")).only()).isEqualTo("eu-1");
  }

  @Test
  void theCanonicalBytesTellSetsApartAndOrderDoesNot() {
    assertThat(Clusters.of(List.of("a", "b")).canonical())
        .isEqualTo(Clusters.of(List.of("b", "a", "b")).canonical())
        .isNotEqualTo(Clusters.of(List.of("ab")).canonical())
        .isNotEqualTo(Clusters.of(List.of("a")).canonical())
        .isNotEqualTo(Clusters.ANY.canonical());
    assertThat(Clusters.of(List.of("a", "b"))).isEqualTo(Clusters.of(List.of("b", "a")));
  }
}
