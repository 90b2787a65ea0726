;; Makes the function package of app/ with each build tool, by karamon package, and compares them. A failed assertion ends the
;; process with an error. The file clojure stands in for the Clojure CLI. Takes the version of Karamon's artifacts, the repository that has them, and the URL of one that has their
;; dependencies. Leiningen is left out where it isn't installed. karamon.PackagedByToolsIT invokes a package.
(require '[clojure.java.io :as io] '[clojure.string :as str] '[clojure.tools.deps :as deps])
(import '(java.io File) '(java.nio.file Files) '(java.util Arrays List) '(java.util.zip ZipFile))

(let [[version local url] *command-line-args*
      java                (str (io/file (System/getProperty "java.home") "bin" "java"))
      central             "https://repo1.maven.org/maven2/"
      mvn                 {:mvn/local-repo local
                           :mvn/repos      {"builds.repository" {:url       url
                                                                 :releases  {:checksum :ignore}
                                                                 :snapshots {:enabled false}}
                                            "central"           {:url central, :snapshots {:enabled false}}}}
      dev                 (->> (deps/resolve-deps (assoc mvn :deps {'karamon/karamon-dev {:mvn/version version}}) nil)
                               vals
                               (mapcat :paths)
                               (str/join File/pathSeparator))
      own                 {'org.clojure/clojure {:mvn/version "1.12.6"}, 'karamon/karamon {:mvn/version version}}
      write               (fn [path text] (io/make-parents path) (spit path text))
      plugin              (fn [name version more]
                            (str "<plugin><artifactId>maven-" name "-plugin</artifactId><version>" version "</version>" more "</plugin>"))]

  (.setExecutable (io/file "clojure") true)
  (write "app/deps.edn" (pr-str (assoc mvn :paths ["src" "resources" "target/classes"], :deps own)))
  (write "app/project.clj"
         (pr-str (list 'defproject 'app "1" :source-paths ["src"] :java-source-paths ["java"] :local-repo local
                       :dependencies (vec (for [[library {:mvn/keys [version]}] own] [library version])))))
  (write "app/pom.xml"
         (str "<project><modelVersion>4.0.0</modelVersion><groupId>app</groupId><artifactId>app</artifactId><version>1</version>"
              "<properties><maven.compiler.release>17</maven.compiler.release>"
              "<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties><dependencies>"
              (str/join (for [[library {:mvn/keys [version]}] own]
                          (str "<dependency><groupId>" (namespace library) "</groupId><artifactId>" (name library) "</artifactId><version>"
                               version "</version></dependency>")))
              "</dependencies><build><sourceDirectory>java</sourceDirectory><resources>"
              "<resource><directory>src</directory></resource><resource><directory>${basedir}/resources</directory></resource></resources>"
              "<plugins>" (plugin "resources" "3.5.0" "") (plugin "compiler" "3.16.0" "") "</plugins></build></project>"))
  (write "settings.xml"
         (let [repository (str "<id>builds.repository</id><url>" url "</url><releases><checksumPolicy>ignore</checksumPolicy></releases>")]
           (str "<settings><localRepository>" local "</localRepository><profiles><profile><id>a</id>"
                "<activation><activeByDefault>true</activeByDefault></activation>"
                "<repositories><repository>" repository "</repository></repositories>"
                "<pluginRepositories><pluginRepository>" repository "</pluginRepository></pluginRepositories></profile></profiles></settings>")))
  (write "app/.mvn/maven.config" "-s\n../settings.xml\n")

  (defn package
    "Runs karamon package in `folder` with more arguments, where the locale is C."
    [folder & arguments]
    (let [command (into [java "-XX:TieredStopAtLevel=1" "-XX:+UseSerialGC" "-cp" dev "clojure.main" "-m" "karamon.dev.main" "package"]
                        arguments)
          builder (.inheritIO (.directory (ProcessBuilder. ^List command) (io/file folder)))]
      (doto (.environment builder)
        (.put "PATH" (str (.getCanonicalPath (io/file ".")) File/pathSeparator (System/getenv "PATH")))
        (.put "LC_ALL" "C")
        (.put "LEIN_OFFLINE" "true")
        (.put "JAVA_HOME" (System/getProperty "java.home"))
        (.put "LEIN_JVM_OPTS" "-XX:TieredStopAtLevel=1"))
      (assert (zero? (.waitFor (.start builder))) (pr-str arguments))))

  (defn entries
    "Returns the names of a zip's entries."
    [file]
    (with-open [zip (ZipFile. (io/file file))]
      (set (map #(.getName %) (enumeration-seq (.entries zip))))))

  (defn own-entries
    "Returns the names of the entries of a package's function.jar, without the numbers that Clojure gives functions without a name."
    [file]
    (with-open [zip (ZipFile. (io/file file))]
      (let [jar (io/file (str file ".function.jar"))]
        (with-open [in (.getInputStream zip (.getEntry zip "lib/function.jar"))] (io/copy in jar))
        (set (map #(str/replace % #"__\d+" "__N") (entries jar))))))

  (package "app" "--build" "maven" "-o" "maven.zip")
  (package "app" "-o" "deps.zip")
  (package "app" "-o" "again.zip")
  (assert (Arrays/equals (Files/readAllBytes (.toPath (io/file "app/deps.zip"))) (Files/readAllBytes (.toPath (io/file "app/again.zip")))))
  (let [lein? (some #(.canExecute (io/file % "lein")) (str/split (System/getenv "PATH") (re-pattern File/pathSeparator)))]
    (if lein?
      (package "app" "--build" "lein" "-o" "lein.zip")
      (println "Skipped: there is no Leiningen"))
    (doseq [other (cond-> ["app/maven.zip"] lein? (conj "app/lein.zip"))]
      (assert (= (entries "app/deps.zip") (entries other)) (pr-str (entries "app/deps.zip") (entries other)))
      (assert (= (own-entries "app/deps.zip") (own-entries other)) other)))
  (assert (every? (own-entries "app/deps.zip") ["app/core__init.class" "app/Upper.class" "greeting.txt" "karamon/gateway__init.class"]))

  (write "app/deps.edn" (pr-str (assoc mvn :paths ["src" "resources" "target/classes"], :deps (assoc own 'common/common {:local/root "../common"}))))
  (package "app" "-o" "with-folder.zip")
  (assert (= #{"lib/common.jar"} (set (remove (entries "app/deps.zip") (entries "app/with-folder.zip")))))
  (println "The packages are the same"))

(shutdown-agents)
