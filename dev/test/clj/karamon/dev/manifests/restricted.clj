(ns karamon.dev.manifests.restricted
  "The Pod Security Standard \"restricted\", with \"baseline\" that it includes, as code, for pods of Linux.
  https://kubernetes.io/docs/concepts/security/pod-security-standards/"
  (:require
   [clojure.set :as set]))

(set! *warn-on-reflection* true)

(defn- containers [pod]
  (mapcat pod [:containers :initContainers :ephemeralContainers]))

(defn- contexts [pod]
  (cons (:securityContext pod) (map :securityContext (containers pod))))

(defn- handlers
  "Returns the actions of probes and of the life cycle."
  [pod]
  (for [container (containers pod)
        action    (concat (map container [:livenessProbe :readinessProbe :startupProbe])
                          (vals (:lifecycle container)))
        handler   (map #(get action %) [:httpGet :tcpSocket])
        :when     handler]
    handler))

(defn- every-container? [pod k wanted?]
  (every? #(let [own (get (:securityContext %) k)]
             (wanted? (if (nil? own) (get (:securityContext pod) k) own)))
          (containers pod)))

(def ^:private baseline-capabilities
  #{"AUDIT_WRITE" "CHOWN" "DAC_OVERRIDE" "FOWNER" "FSETID" "KILL" "MKNOD" "NET_BIND_SERVICE" "SETFCAP" "SETGID" "SETPCAP" "SETUID" "SYS_CHROOT"})

(def ^:private safe-sysctls
  #{"kernel.shm_rmid_forced" "net.ipv4.ip_local_port_range" "net.ipv4.ip_unprivileged_port_start" "net.ipv4.tcp_syncookies"
    "net.ipv4.ping_group_range" "net.ipv4.ip_local_reserved_ports" "net.ipv4.tcp_keepalive_time" "net.ipv4.tcp_fin_timeout"
    "net.ipv4.tcp_keepalive_intvl" "net.ipv4.tcp_keepalive_probes"})

(def ^:private volume-types
  #{:configMap :csi :downwardAPI :emptyDir :ephemeral :persistentVolumeClaim :projected :secret})

(def rules
  "Name of a rule to a function of a pod's spec, true if it holds."
  {:host-process         #(not-any? (comp :hostProcess :windowsOptions) (contexts %))
   :host-namespaces      #(not-any? % [:hostNetwork :hostPID :hostIPC])
   :privileged           #(not-any? :privileged (contexts %))
   :capabilities-added   (fn [pod] (every? #(set/subset? (set (get-in % [:securityContext :capabilities :add])) baseline-capabilities)
                                           (containers pod)))
   :host-path            #(not-any? :hostPath (:volumes %))
   :host-ports           (fn [pod] (every? #(contains? #{nil 0} (:hostPort %)) (mapcat :ports (containers pod))))
   :host-probes          #(not-any? :host (handlers %))
   :app-armor            #(every? (fn [context] (contains? #{nil "RuntimeDefault" "Localhost"} (get-in context [:appArmorProfile :type])))
                                  (contexts %))
   :se-linux             #(every? (fn [{{:keys [type user role]} :seLinuxOptions}]
                                    (and (contains? #{nil "" "container_t" "container_init_t" "container_kvm_t" "container_engine_t"} type)
                                         (empty? user) (empty? role)))
                                  (contexts %))
   :proc-mount           #(every? (fn [context] (contains? #{nil "Default"} (:procMount context))) (contexts %))
   :sysctls              #(set/subset? (set (map :name (get-in % [:securityContext :sysctls]))) safe-sysctls)
   :volume-types         (fn [pod] (every? #(and (= 2 (count %)) (some volume-types (keys %))) (:volumes pod)))
   :privilege-escalation (fn [pod] (every? #(false? (get-in % [:securityContext :allowPrivilegeEscalation])) (containers pod)))
   :run-as-non-root      #(every-container? % :runAsNonRoot true?)
   :run-as-user          #(not-any? (comp #{0} :runAsUser) (contexts %))
   :seccomp              #(every-container? % :seccompProfile (comp #{"RuntimeDefault" "Localhost"} :type))
   :capabilities-dropped (fn [pod] (every? #(let [{:keys [add drop]} (get-in % [:securityContext :capabilities])]
                                              (and (some #{"ALL"} drop) (set/subset? (set add) #{"NET_BIND_SERVICE"})))
                                           (containers pod)))})

(defn violations
  "Returns the names of the rules that the spec of a pod breaks."
  [pod]
  (set (for [[name holds?] rules :when (not (holds? pod))] name)))
