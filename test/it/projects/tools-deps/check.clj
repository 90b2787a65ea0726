;; Resolves Karamon's artifacts as deps.edn does. A failed assertion ends the process with an error. Takes their version, the
;; repository that has them, and the URL of a repository that has their dependencies, so that less is downloaded.
(require '[clojure.set :as set] '[clojure.string :as str] '[clojure.tools.deps :as deps])

(def clouds #"com\.azure|com\.microsoft\.azure|com\.google\.(?:cloud|api.*)|io\.grpc|ch\.qos\.logback")
(def unwanted (re-pattern (str clouds "|com\\.google\\..*|org\\.gaul")))

(let [[version local url] *command-line-args*
      released            {:releases {:checksum :ignore}, :snapshots {:enabled false}}
      repositories        {"builds.repository" (assoc released :url url)
                           "central"           {:url "https://repo1.maven.org/maven2/", :snapshots {:enabled false}}}]

  (defn resolved
    "Returns a map of each library that an artifact brings, including itself, to its jars."
    [artifact]
    (-> (deps/resolve-deps {:deps           {(symbol "karamon" artifact) {:mvn/version version}}
                            :mvn/repos      repositories
                            :mvn/local-repo local}
                           nil)
        (update-vals :paths)))

  (defn check
    "Checks that an artifact brings between `low` and `high` jars, that Karamon's are this build's, and that none is of a group
    that `unwanted` matches."
    [artifact unwanted low high]
    (let [libraries (resolved artifact)
          jars      (mapcat val libraries)
          found     (str artifact " brings " (count jars) " jars: " (str/join " " (sort (keys libraries))))]
      (assert (<= low (count jars) high) found)
      (assert (every? #(str/starts-with? % local) jars) (str/join "\n" jars))
      (assert (not-any? #(re-matches unwanted (namespace %)) (keys libraries)) found)
      (println artifact "brings" (count jars) "jars")
      (set (keys libraries)))))

(check "karamon-dev-s3" clouds 40 80)

(let [library (check "karamon" unwanted 7 7)
      s3      (check "karamon-s3" unwanted 30 45)
      dev     (check "karamon-dev" unwanted 45 65)]
  (assert (= '#{karamon/karamon org.clojure/clojure org.clojure/spec.alpha org.clojure/core.specs.alpha
                com.amazonaws/aws-lambda-java-core com.fasterxml.jackson.core/jackson-core org.crac/crac}
             library)
          (pr-str library))
  (assert (set/subset? library s3) (pr-str s3))
  (assert (set/subset? s3 dev) (pr-str dev))
  (assert (contains? dev 'org.eclipse.jetty/jetty-server) (pr-str dev)))

;; For the tests that run Karamon's commands through the Clojure CLI and Leiningen: where both find what was resolved here.
(let [[_ local url] *command-line-args*]
  (spit "tools.classpath" (System/getProperty "java.class.path"))
  (spit "user.edn" (pr-str {:mvn/local-repo local
                            :mvn/repos      {"builds.repository" {:url url, :releases {:checksum :ignore}, :snapshots {:enabled false}}}}))
  (.mkdir (java.io.File. "lein"))
  ;; Leiningen's profile base has nREPL, which is on Clojars.
  (spit "lein/profiles.clj" (pr-str {:base {}}))
  (spit "lein/settings" (str ":offline? true :local-repo " (pr-str local) " :repositories " (pr-str [["builds.repository" {:url url}]]))))

(shutdown-agents)
