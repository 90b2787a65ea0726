(ns karamon.dev.image.server
  "What an image of the server has besides that of a function: the server's jars, the file of routes, the libraries that the JRE is
  linked to, and a Dockerfile. With them it needs no base image, and so it has no shell."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str]
   [karamon.dev.build.jars :as jars]
   [karamon.dev.image.jdk :as jdk])
  (:import
   (java.io File)
   (java.nio.file CopyOption Files LinkOption)
   (java.nio.file.attribute FileAttribute FileTime PosixFilePermissions)
   (karamon.json JsonWriter)))

(set! *warn-on-reflection* true)

(def ^:private classes
  "A class of each jar that the server consists of."
  ["karamon/server/Main" "org/eclipse/jetty/server/Server" "org/eclipse/jetty/http/HttpField" "org/eclipse/jetty/io/EndPoint"
   "org/eclipse/jetty/util/Callback" "org/eclipse/jetty/http2/server/HTTP2CServerConnectionFactory" "org/eclipse/jetty/http2/HTTP2Session"
   "org/eclipse/jetty/http2/hpack/HpackEncoder" "org/slf4j/Logger"])

(defn- entry-with
  "Returns the entry of this process's class path that has a class."
  [class]
  (or (first (filter #(and (.exists ^File %) (jars/has? % (str class ".class")))
                     (map io/file (str/split (System/getProperty "java.class.path") (re-pattern File/pathSeparator)))))
      (throw (ex-info (str "The class path of this command lacks " (str/replace class "/" ".") ": karamon-dev brings it, so don't exclude it")
                      {:type ::no-class, :class class}))))

(defn add-jars
  "Copies the server's jars into lib/ of `folder`, but for those that the function package brought. `date` is that of all
  jars; nil computes one from the content of each."
  [folder date]
  (let [lib     (io/file folder "lib")
        present (vec (.listFiles lib))
        missing (remove (fn [class] (some #(jars/has? % (str class ".class")) present)) classes)]
    (doseq [^File jar (jars/copy-all (distinct (map entry-with missing)) lib #{})]
      (Files/setLastModifiedTime (.toPath jar) (FileTime/from (or date (jars/content-date jar)))))))

(def ^:private dockerfile
  "# An image of the server: docker build -t NAME FOLDER
FROM scratch
COPY libraries /
COPY jre /var/task/jre
COPY lib /var/task/lib
COPY bootstrap java.options routes.json function.* /var/task/
WORKDIR /var/task
USER 65532:65532
ENV KARAMON_ROUTES=routes.json
EXPOSE 8080 8081
ENTRYPOINT [\"jre/bin/java\", \"@java.options\", \"karamon.server.Main\"]
")

(defn- linked
  "Returns the files that the programs and libraries of the JRE are linked to. Names are those by which they are loaded."
  [jre]
  (let [files (filter #(or (str/ends-with? (.getName ^File %) ".so") (= "java" (.getName ^File %)))
                      (filter #(.isFile ^File %) (file-seq (io/file jre))))
        home  (str (.getCanonicalPath (io/file jre)) "/")]
    (for [line (str/split-lines (jdk/run (cons "ldd" files)))
          :let [[_ path] (re-find #"(?:=> )?(/\S+) \(0x[0-9a-f]+\)" line)]
          :when (and path (not (str/starts-with? path home)))]
      path)))

(defn add-libraries
  "Copies the C library, and what else the JRE of `folder` is linked to, to libraries/, with the few files that it reads."
  [folder]
  (let [root (io/file folder "libraries")]
    (doseq [path (distinct (linked (io/file folder "jre")))
            :let [target (io/file root (subs path 1))]]
      (io/make-parents target)
      (Files/copy (.toRealPath (.toPath (io/file path)) (make-array LinkOption 0)) (.toPath target)
                  ^"[Ljava.nio.file.CopyOption;" (make-array CopyOption 0))
      (.setReadable target true false)
      (.setExecutable target true false))
    (io/make-parents (io/file root "etc/passwd"))
    (spit (io/file root "etc/passwd") "nonroot:x:65532:65532:nonroot:/:/sbin/nologin\n")
    (spit (io/file root "etc/nsswitch.conf") "hosts: files dns\n")
    (Files/setPosixFilePermissions (Files/createDirectory (.toPath (io/file root "tmp")) (make-array FileAttribute 0))
                                   (PosixFilePermissions/fromString "rwxrwxrwx"))))

(defn write-files
  "Writes the Dockerfile, unless `no-jre`, and the file of routes, as `karamon.dev.image.routes/of-service` returns it."
  [folder routes no-jre]
  (spit (io/file folder "routes.json") (str (JsonWriter/string ^Object routes) "\n"))
  (when-not no-jre
    (spit (io/file folder "Dockerfile") dockerfile)))
