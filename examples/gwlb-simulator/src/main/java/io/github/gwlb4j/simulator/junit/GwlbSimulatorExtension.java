package io.github.gwlb4j.simulator.junit;

import io.github.gwlb4j.simulator.GwlbSimulator;
import io.github.gwlb4j.simulator.scenario.Scenario;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionConfigurationException;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * What makes {@link GwlbSimulatorTest} work. JUnit makes it; nobody else needs to. Keeps nothing itself, so tests may run on
 * several threads.
 */
public final class GwlbSimulatorExtension
        implements BeforeEachCallback, AfterTestExecutionCallback, AfterEachCallback, ParameterResolver {
    private static final ExtensionContext.Namespace NAMESPACE = ExtensionContext.Namespace.create(GwlbSimulatorExtension.class);

    /** Made by JUnit. */
    public GwlbSimulatorExtension() {
    }

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        Session session = Session.open(settings(context), context.getRequiredTestClass());
        context.getStore(NAMESPACE).put(Session.class, session);
        for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
            startAppliance(session, instance);
        }
        for (Object instance : context.getRequiredTestInstances().getAllInstances()) {
            setFields(session, instance);
        }
    }

    /** The annotation of the method, or else of its class, or else of the class around that. */
    private static GwlbSimulatorTest settings(ExtensionContext context) {
        for (Optional<ExtensionContext> at = Optional.of(context); at.isPresent(); at = at.get().getParent()) {
            Optional<GwlbSimulatorTest> settings = AnnotationSupport.findAnnotation(at.get().getElement(), GwlbSimulatorTest.class);
            if (settings.isPresent()) {
                return settings.get();
            }
        }
        throw new ExtensionConfigurationException("@GwlbSimulatorTest is missing on " + context.getRequiredTestClass().getName());
    }

    private static void startAppliance(Session session, Object instance) throws Exception {
        List<Method> starters = AnnotationSupport.findAnnotatedMethods(instance.getClass(), StartAppliance.class, HierarchyTraversalMode.TOP_DOWN);
        for (Method starter : starters) {
            boolean hasRightShape = AutoCloseable.class.isAssignableFrom(starter.getReturnType())
                    && starter.getParameterCount() == 1 && starter.getParameterTypes()[0] == InetSocketAddress.class;
            if (!hasRightShape || starters.size() > 1) {
                throw new ExtensionConfigurationException("@StartAppliance must be on one method, such as 'static AutoCloseable start("
                        + "InetSocketAddress listen)', not on " + starter);
            }
            starter.setAccessible(true);
            try {
                session.appliance((AutoCloseable) starter.invoke(instance, session.target()));
            } catch (InvocationTargetException e) {
                throw e.getCause() instanceof Exception cause ? cause : e;
            }
        }
    }

    private static void setFields(Session session, Object instance) throws IllegalAccessException {
        for (Field field : ReflectionSupport.findFields(instance.getClass(),
                field -> !Modifier.isStatic(field.getModifiers()) && isSet(field.getType()), HierarchyTraversalMode.TOP_DOWN)) {
            field.setAccessible(true);
            field.set(instance, valueOf(field.getType(), session));
        }
    }

    private static boolean isSet(Class<?> type) {
        return type == GwlbSimulator.class || type == Scenario.class;
    }

    private static Object valueOf(Class<?> type, Session session) {
        if (type == GwlbSimulator.class) {
            return session.simulator();
        }
        if (type == InetSocketAddress.class) {
            return session.target();
        }
        if (session.scenario() == null) {
            throw new ParameterResolutionException("there is no scenario: name its file in @GwlbSimulatorTest(scenario = ...)");
        }
        return session.scenario();
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return isSet(type) || type == InetSocketAddress.class;
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        Session session = session(context);
        if (session == null) {
            throw new ParameterResolutionException(parameter.getParameter().getType().getSimpleName() + " is there for @Test, @BeforeEach and"
                    + " @AfterEach methods only: each test has its own");
        }
        return valueOf(parameter.getParameter().getType(), session);
    }

    private static Session session(ExtensionContext context) {
        return context.getStore(NAMESPACE).get(Session.class, Session.class);
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
        if (context.getExecutionException().isPresent()) {
            session(context).simulator().lastReport().ifPresent(report ->
                    System.err.println(context.getDisplayName() + " has failed; its last run was:\n" + report));
        }
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        Session session = session(context);
        if (session != null) {
            session.close();
        }
    }
}
