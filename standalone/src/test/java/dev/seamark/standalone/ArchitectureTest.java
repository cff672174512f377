package dev.seamark.standalone;

import static com.tngtech.archunit.base.DescribedPredicate.alwaysTrue;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import dev.seamark.service.Secret;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;

/** The walls of the house. A rule has no exemption list: change the design or change the code. */
@AnalyzeClasses(packages = "dev.seamark", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String[] CORE = {
    "dev.seamark.block..",
    "dev.seamark.clickhouse..",
    "dev.seamark.kafka..",
    "dev.seamark.labels..",
    "dev.seamark.schema..",
    "dev.seamark.service..",
    "dev.seamark.tenant.."
  };
  private static final String[] PURE = {
    "dev.seamark.block..",
    "dev.seamark.labels..",
    "dev.seamark.ingest.decode..",
    "dev.seamark.ingest.limit..",
    "dev.seamark.ingest.write.join..",
    "dev.seamark.ingest.write.plan.."
  };

  @ArchTest
  static final ArchRule coreKnowsNoService = noClasses()
      .that(resideInAnyPackage(CORE))
      .should()
      .dependOnClassesThat(resideInAnyPackage(
          "dev.seamark.ingest..",
          "dev.seamark.query..",
          "dev.seamark.rules..",
          "dev.seamark.standalone.."))
      .because("standalone -> {ingest, query, rules} -> core");

  @ArchTest
  static final ArchRule ingestStandsAlone = noClasses()
      .that(resideInAPackage("dev.seamark.ingest.."))
      .should()
      .dependOnClassesThat(resideInAnyPackage(
          "dev.seamark.query..", "dev.seamark.rules..", "dev.seamark.standalone.."))
      .because("ingest and query don't know each other");

  @ArchTest
  static final ArchRule queryStandsAlone = noClasses()
      .that(resideInAPackage("dev.seamark.query.."))
      .should()
      .dependOnClassesThat(resideInAnyPackage(
          "dev.seamark.ingest..", "dev.seamark.rules..", "dev.seamark.standalone.."))
      .because("ingest and query don't know each other");

  @ArchTest
  static final ArchRule rulesSeeOnlyPromql = noClasses()
      .that(resideInAPackage("dev.seamark.rules.."))
      .should()
      .dependOnClassesThat(resideInAnyPackage(
          "dev.seamark.ingest..",
          "dev.seamark.query",
          "dev.seamark.query.http..",
          "dev.seamark.query.sql..",
          "dev.seamark.standalone.."))
      .because("rules may use the PromQL packages of query, nothing else of another service");

  @ArchTest
  static final ArchRule purePackagesOnlyCompute = noClasses()
      .that(resideInAnyPackage(PURE))
      .should()
      .dependOnClassesThat(resideInAnyPackage(
          "io.vertx..",
          "io.netty..",
          "org.apache.kafka..",
          "java.net..",
          "java.nio.file..",
          "java.util.concurrent..",
          "org.slf4j.."))
      .orShould()
      .dependOnClassesThat(
          com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo(Thread.class))
      .orShould()
      .callMethod(System.class, "currentTimeMillis")
      .orShould()
      .callMethod(System.class, "nanoTime")
      .orShould()
      .dependOnClassesThat(
          resideInAPackage("java.time..").and(not(type(Duration.class))).as("know the time"))
      .because("a function of its arguments can be fuzzed, simulated and replayed");

  @ArchTest
  static final ArchRule onlyTheJournalKnowsKafka = noClasses()
      .that(resideInAPackage("dev.seamark.."))
      .and()
      .resideOutsideOfPackages(
          "dev.seamark.kafka..",
          "dev.seamark.ingest.batch..",
          "dev.seamark.ingest.consume..",
          "dev.seamark.ingest.write..",
          "dev.seamark.ingest",
          "dev.seamark.standalone..",
          "dev.seamark.benchmarks..")
      .should()
      .dependOnClassesThat(resideInAnyPackage("org.apache.kafka..", "io.vertx.kafka.."))
      .because(
          "a broker is reached in one place a way: the journal, the writer, topics that others fill");

  @ArchTest
  static final ArchRule noPackageCycles =
      slices().matching("dev.seamark.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule namesSayWhatAThingIs = noClasses()
      .should()
      .haveSimpleNameEndingWith("Impl")
      .orShould()
      .haveSimpleNameEndingWith("Manager")
      .orShould()
      .haveSimpleNameEndingWith("Helper")
      .orShould()
      .haveSimpleNameEndingWith("Util")
      .orShould()
      .haveSimpleNameEndingWith("Utils")
      .because("a noun of the domain says more");

  @ArchTest
  static final ArchRule onlyMainReadsTheEnvironment = noClasses()
      .that()
      .haveSimpleNameNotEndingWith("Main")
      .should()
      .callMethod(System.class, "getenv")
      .orShould()
      .callMethod(System.class, "getenv", String.class)
      .orShould()
      .callMethod(System.class, "exit", int.class)
      .because("what a service is made of comes in through its constructor");

  @ArchTest
  static final ArchRule secretsAreComparedInConstantTime = classes()
      .that()
      .haveFullyQualifiedName("dev.seamark.tenant.Fingerprint")
      .should()
      .callMethod(MessageDigest.class, "isEqual", byte[].class, byte[].class)
      .because("it takes as long for a near miss as for a far one");

  @ArchTest
  static final ArchRule onlyFingerprintsOfSecretsAreCompared = noClasses()
      .that(resideInAPackage("dev.seamark.tenant.."))
      .should()
      .callMethod(Arrays.class, "equals", byte[].class, byte[].class)
      .orShould()
      .callMethod(Secret.class, "equals", Object.class)
      .because("comparing secrets themselves tells by its time how much of one was right");

  @ArchTest
  static final ArchRule noUnsafe = noClasses()
      .that(alwaysTrue())
      .should()
      .dependOnClassesThat()
      .haveFullyQualifiedName("sun.misc.Unsafe")
      .because("the JDK is withdrawing it");
}
