;; Functions for AWS Lambda. Karamon's commands: lein karamon. Tests: lein test.
(defproject ${artifactId} "${version}"
  :dependencies [[org.clojure/clojure "@clojure.version@"]
                 ;; The library for functions.
                 [karamon/karamon "@project.version@"]]
  ;; The tools on your machine, which aren't deployed.
  :profiles {:karamon {:dependencies [[karamon/karamon-dev "@project.version@"]]}}
  :aliases {"karamon" ["with-profile" "+karamon" "run" "-m" "karamon.dev.main"]})
