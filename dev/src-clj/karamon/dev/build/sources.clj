(ns karamon.dev.build.sources
  "Finds the Clojure namespaces in folders, and puts folders on the class path of a running process. For
  `karamon.dev.package` and `karamon.dev.folders`. Needs no library but Clojure."
  (:require
   [clojure.java.io :as io]
   [clojure.string :as str])
  (:import
   (clojure.lang DynamicClassLoader)
   (java.io File)
   (java.net JarURLConnection URL)
   (java.util.zip ZipEntry ZipFile)))

(set! *warn-on-reflection* true)

(defn path->namespace
  "Returns the namespace of a path such as \"my_app/core.clj\"; nil if the path isn't that of a Clojure namespace, or if it is
  one of the files that Clojure itself loads when it starts."
  [path]
  (when-let [[_ stem] (re-matches #"((?:[^/.][^/]*/)*[^/.][^/]*)\.cljc?" path)]
    (when-not (#{"user" "data_readers"} stem)
      (symbol (str/escape stem {\/ ".", \_ "-"})))))

(defn- paths [^File folder]
  (for [^File file (file-seq folder) :when (.isFile file)]
    (str/replace (str (.relativize (.toPath folder) (.toPath file))) "\\" "/")))

(defn namespaces
  "Returns the symbols of the namespaces in `folders`, sorted. Throws ex-info of `:type` `:karamon.dev.build.sources/no-folder`
  if a folder doesn't exist, `:karamon.dev.build.sources/no-namespace` if the folders have no namespace."
  [folders]
  (doseq [folder folders :when (not (.isDirectory (io/file folder)))]
    (throw (ex-info (str "No folder " folder " in " (System/getProperty "user.dir") ": name folders of Clojure sources")
                    {:type ::no-folder, :folder folder})))
  (or (seq (sort (distinct (keep path->namespace (mapcat #(paths (io/file %)) folders)))))
      (throw (ex-info (str "No namespace in " (str/join ", " folders) ": expected .clj or .cljc files there")
                      {:type ::no-namespace, :folders folders}))))

(defn root
  "Returns the jar or folder of the class path, a File, that has the file `path`."
  ^File [path]
  (let [^URL url (io/resource path)]
    (if (= "jar" (.getProtocol url))
      (io/file (.getJarFileURL ^JarURLConnection (.openConnection url)))
      (nth (iterate #(.getParentFile ^File %) (io/file url)) (count (str/split path #"/"))))))

(defn sibling-namespaces
  "Returns the symbols of all namespaces in the jar or folder of the class path that has the file `path`, sorted."
  [path]
  (let [root  (root path)
        found (if (.isDirectory root)
                (paths root)
                (with-open [zip (ZipFile. root)]
                  (mapv #(.getName ^ZipEntry %) (enumeration-seq (.entries zip)))))]
    (sort (distinct (keep path->namespace found)))))

(defn call-with-folders
  "Calls `f` with `folders` at the end of the class path."
  [folders f]
  (let [thread (Thread/currentThread)
        before (.getContextClassLoader thread)
        loader (DynamicClassLoader. before)]
    (doseq [folder folders]
      (.addURL loader (.toURL (.toURI (io/file folder)))))
    (.setContextClassLoader thread loader)
    (try
      (with-bindings {Compiler/LOADER loader}
        (f))
      (finally (.setContextClassLoader thread before)))))
