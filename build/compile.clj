;; Compiles Clojure ahead of time, in a JVM of its own, so that nothing is loaded already; any warning fails the build.
;;
;;   java -cp … clojure.main build/compile.clj INTO FOLDER… [--without REGEX]
;;
;; INTO is emptied first. The folders needn't be on the class path. Each namespace found under the folders is compiled, but for those whose name matches REGEX.
(require '[clojure.java.io :as io] '[clojure.string :as str])

(let [[into & more]   *command-line-args*
      [folders [_ without]] (split-with #(not= "--without" %) more)
      namespaces      (sort
                        (for [folder folders
                              file   (file-seq (io/file folder))
                              :when  (re-find #"\.cljc?$" (.getName file))]
                          (-> (str (.relativize (.toPath (io/file folder)) (.toPath file)))
                              (str/replace #"\.cljc?$" "")
                              (str/replace "/" ".")
                              (str/replace "_" "-"))))
      wanted          (remove #(and without (re-matches (re-pattern without) %)) namespaces)
      warnings        (java.io.StringWriter.)]
  (doseq [file (reverse (file-seq (io/file into)))]
    (io/delete-file file true))
  (.mkdirs (io/file into))
  (doseq [folder folders]
    (.addURL ^clojure.lang.DynamicClassLoader (clojure.lang.RT/baseLoader) (.toURL (.toURI (io/file folder)))))
  (binding [*compile-path*       into
            *err*                warnings
            *warn-on-reflection* true]
    (doseq [n     (map symbol wanted)
            :when (not (contains? (loaded-libs) n))] ; what another needed is compiled already
      (try
        (compile n)
        (catch Throwable e
          (.write warnings (str n ": " (ex-message e) " " (some-> e ex-cause ex-message) "\n"))))))
  (when-not (str/blank? (str warnings))
    (println (str warnings))
    (println "Compiling Clojure gave the warnings and errors above; there must be none.")
    (System/exit 1))
  (println "Compiled" (count wanted) "namespaces without a warning")
  (shutdown-agents))
